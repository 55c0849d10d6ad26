/* The network, beside the page that shows what it makes: {load} and {sample} in, the answer or {error} out. */
import * as ort from "./ort/ort.wasm.min.mjs";
import { normal } from "./noise.js";

ort.env.wasm.numThreads = 1; // more need headers that a plain server does not send
ort.env.wasm.wasmPaths = new URL("ort/", import.meta.url).href;

let session, model;

async function load(about) {
  await session?.release();
  session = await ort.InferenceSession.create(new URL(`models/${about.name}/model.onnx`, import.meta.url).href);
  model = about;
  return {};
}

/** Events `first` to `first + n - 1` of a seed: {outputs: {name: Float32Array}, seconds}. */
async function sample({ seed, first, n, conditions }) {
  const start = performance.now();
  const sizes = Object.entries(model.latent);
  const all = sizes.reduce((sum, [, size]) => sum + size, 0);
  const rows = normal(seed, first, n, all);
  const inputs = {};
  let column = 0;
  for (const [name, size] of sizes) {
    const part = new Float32Array(n * size);
    for (let i = 0; i < n; i++) part.set(rows.subarray(i * all + column, i * all + column + size), i * size);
    inputs[name] = new ort.Tensor("float32", part, [n, size]);
    column += size;
  }
  for (const [name, values] of Object.entries(conditions))
    inputs[name] = new ort.Tensor("float32", values, [n, values.length / n]);
  const found = await session.run(inputs);
  const outputs = {};
  for (const name of Object.keys(model.outputs)) outputs[name] = found[name].data.slice();
  return { outputs, seconds: (performance.now() - start) / 1000 };
}

onmessage = async ({ data: { id, task, ...rest } }) => {
  try {
    postMessage({ id, ...(await (task === "load" ? load(rest.about) : sample(rest))) });
  } catch (error) {
    postMessage({ id, error: String(error.message ?? error) });
  }
};
