let provided: string | null | undefined;

/** Tells the local provider where its GGUF file lies; null says that it cannot be had, and the default becomes `scripted`. */
export function setLocalModelPath(path: string | null): void {
  provided = path;
}

/** The model file: `ACE_LOCAL_MODEL`, else what the engine set; undefined while nobody has looked, null where it cannot be had. */
export function localModelPath(env: NodeJS.ProcessEnv): string | null | undefined {
  return env.ACE_LOCAL_MODEL || provided;
}
