import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the vendor answers one request: with a text, with an error status, or with half a text and no end. */
export interface VendorReply {
  text?: string;
  status?: number;
  headers?: Record<string, string>;
  cut?: true;
}

export interface CountingVendor {
  /** The environment of a worker that calls this vendor for agents with an `openai/` model. */
  env: Record<string, string>;
  /** The agents that asked, in the order of their requests. */
  requests: string[];
  /** True requests of one agent, whoever made them. */
  requestsOf(agent_name: string): number;
  close(): Promise<void>;
}

type Answer = (request: { agent_name: string; /** From 1, of this agent. */ number: number }) => VendorReply | Promise<VendorReply>;

/** A vendor that speaks OpenAI's protocol and counts what really reaches it; agents say who they are in their instructions. */
export async function countingVendor(answer: Answer): Promise<CountingVendor> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request.setEncoding('utf8')) body += piece;
    const agent_name = /You are (\w+)\./.exec(body)?.[1] ?? 'nobody';
    requests.push(agent_name);
    const number = requests.filter((name) => name === agent_name).length;
    reply(response, await answer({ agent_name, number }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    env: {
      OPENAI_API_KEY: 'test',
      OPENAI_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
      ACE_SHARE_ENV_KEYS: 'true',
    },
    requests,
    requestsOf: (agent_name) => requests.filter((name) => name === agent_name).length,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function reply(response: ServerResponse, { text = 'fine', status = 200, headers = {}, cut }: VendorReply): void {
  if (response.destroyed) return;
  if (status !== 200) {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error: { message: `The vendor says ${status}.`, type: 'test' } }));
    return;
  }
  const chunk = (choice: object): string =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'counted', choices: [{ index: 0, finish_reason: null, ...choice }] })}\n\n`;
  response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
  response.write(chunk({ delta: { role: 'assistant', content: text } }));
  response.end(cut ? '' : `${chunk({ delta: {}, finish_reason: 'stop' })}data: [DONE]\n\n`);
}
