if __name__ == "classifiers":
    raise ModuleNotFoundError("import gatewright.classifiers, not classifiers", name="classifiers")
