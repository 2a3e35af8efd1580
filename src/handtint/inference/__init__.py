"""Networks at work: models with their cards, run by ONNX Runtime, which is loaded when needed."""
