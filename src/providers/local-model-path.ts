let provided: string | null | undefined;

/**
 * Tells the local provider where its GGUF file lies, which goes before `ACE_LOCAL_MODEL`. Null says that it cannot be
 * had, and the default model becomes a scripted one; undefined takes that back.
 */
export function setLocalModelPath(path: string | null | undefined): void {
  provided = path;
}

/** The model file: what was set, else `ACE_LOCAL_MODEL`; undefined while nobody has looked, null where it cannot be had. */
export function localModelPath(env: NodeJS.ProcessEnv): string | null | undefined {
  return provided === undefined ? env.ACE_LOCAL_MODEL || undefined : provided;
}
