import { fileURLToPath } from 'node:url';

/** What a workflow bundle is made of; the interceptors that carry traces and the converter belong into every one. */
export function workflowSource(): { workflowsPath: string; workflowInterceptorModules: string[]; payloadConverterPath: string } {
  const pathOf = (file: string): string => fileURLToPath(new URL(`../workflows/${file}`, import.meta.url));
  return { workflowsPath: pathOf('index.ts'), workflowInterceptorModules: [pathOf('interceptors.ts')], payloadConverterPath: pathOf('payload-converter.ts') };
}
