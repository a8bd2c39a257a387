import { readFile } from 'node:fs/promises';

export interface ApiCaller {
  url: string;
  key: string;
}

/** The sample talks to the API over HTTP like any other client. */
export async function apiCaller(api: { url: string; admin_key: { path: string } }): Promise<ApiCaller> {
  return { url: `${api.url}/v1`, key: (await readFile(api.admin_key.path, 'utf8')).trim() };
}

/** Errors: throws the problem's title and detail. */
export async function callApi<T>(caller: ApiCaller, request: { method: string; path: string; body?: unknown }): Promise<T> {
  const response = await fetch(`${caller.url}${request.path}`, {
    method: request.method,
    headers: { authorization: `Bearer ${caller.key}`, ...(request.body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  });
  const answer = (await response.json()) as T & { title?: string; detail?: string; errors?: unknown };
  if (!response.ok) throw new Error(`${request.method} ${request.path}: ${answer.title ?? response.status}. ${answer.detail ?? ''} ${JSON.stringify(answer.errors ?? [])}`);
  return answer;
}
