/**
 * Asks a vendor's server for the start of an answer, because the downloaders themselves wait for minutes.
 * Errors: rejects in a few words when nothing, or a refusal, comes within `timeoutMs`.
 */
export async function assertReachable(url: string, timeoutMs = 5_000): Promise<void> {
  const { host } = new URL(url);
  let answer: Response;
  try {
    answer = await fetch(url, { method: 'GET', headers: { range: 'bytes=0-0' }, signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    const why = name === 'TimeoutError' ? `no answer within ${timeoutMs / 1000} s` : cause?.code ?? name;
    throw new Error(`${host} cannot be reached (${why})`, { cause: error });
  }
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`${host} answers ${answer.status}`);
}
