if __name__ == "training":
    raise ModuleNotFoundError("import gatewright.training, not training", name="training")
