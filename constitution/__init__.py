if __name__ == "constitution":
    raise ModuleNotFoundError("import gatewright.constitution, not constitution", name="constitution")
