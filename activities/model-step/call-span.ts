import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ModelResponse } from '../../src/providers/provider.ts';
import { ProviderError } from '../../src/providers/provider-error.ts';

/**
 * Runs a model call in a span below its activity's, named and described as OpenTelemetry's conventions for generative
 * models want it; never with what was said. Where the activity has no span it makes none.
 */
export async function inCallSpan(of: { vendor: string; model: string; session_agent_uuid: string }, call: () => Promise<ModelResponse>): Promise<ModelResponse> {
  if (trace.getActiveSpan() === undefined) return call();
  const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': of.vendor, 'gen_ai.request.model': of.model, 'ace.session_agent_uuid': of.session_agent_uuid };
  return trace.getTracer('ace.providers').startActiveSpan(`chat ${of.model}`, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    try {
      const response = await call();
      span.setAttributes({
        'gen_ai.response.model': response.model,
        'gen_ai.response.finish_reasons': [response.finish_reason],
        'gen_ai.usage.input_tokens': response.usage.input_tokens,
        'gen_ai.usage.output_tokens': response.usage.output_tokens,
      });
      return response;
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', error instanceof ProviderError ? error.code : 'internal');
      throw error;
    } finally {
      span.end();
    }
  });
}
