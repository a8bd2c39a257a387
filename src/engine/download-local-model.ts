import { createModelDownloader } from 'node-llama-cpp';
import { assertReachable } from './assert-reachable.ts';

const REPOSITORY = 'bartowski/SmolLM2-135M-Instruct-GGUF';
const FILE = 'SmolLM2-135M-Instruct-Q4_K_M.gguf';

/** Lets node-llama-cpp download the model into an empty folder; answers its path. */
export async function downloadLocalModel(folder: string): Promise<string> {
  const url = `https://huggingface.co/${REPOSITORY}/resolve/main/${FILE}`;
  await assertReachable(url);
  const downloader = await createModelDownloader({ modelUri: url, dirPath: folder, showCliProgress: false });
  return downloader.download();
}
