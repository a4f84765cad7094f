export { encodeOnnx, type OnnxOptions } from "./onnx.js";
export {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsFile,
  type Tensor,
  type TensorData,
  type TensorDtype,
} from "./safetensors.js";
