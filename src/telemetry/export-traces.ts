import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { activityInterceptor } from './activity-interceptor.ts';
import { clientInterceptor } from './client-interceptor.ts';
import type { Telemetry } from './start-telemetry.ts';
import { workflowSinks } from './workflow-sinks.ts';

const STOP_MS = 5_000;

/**
 * Sends this process's spans to `endpoint` (OTLP over HTTP, protobuf). The other `OTEL_*` variables count too: headers
 * and time-outs of the exporter, sampler, batch sizes, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`.
 */
export function exportTraces(to: { endpoint: string; endpoint_id: string; service: string }): Telemetry {
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': to.service, 'service.namespace': 'ace', 'ace.endpoint_id': to.endpoint_id }))
    .merge(detectResources({ detectors: [envDetector] }));
  const processor = new BatchSpanProcessor(new OTLPTraceExporter({ url: `${to.endpoint.replace(/\/+$/, '')}/v1/traces` }));
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  const contexts = new AsyncLocalStorageContextManager().enable();
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(contexts);
  return {
    enabled: true,
    clientInterceptors: [clientInterceptor()],
    activityInterceptors: [activityInterceptor],
    sinks: workflowSinks(processor, resource),
    async stop() {
      let late: NodeJS.Timeout | undefined;
      const tooLong = new Promise<void>((resolve) => {
        late = setTimeout(resolve, STOP_MS);
      });
      // What cannot be delivered now is lost with the process; nothing waits for it.
      await Promise.race([provider.shutdown().catch(() => undefined), tooLong]);
      clearTimeout(late);
      trace.disable();
      context.disable();
    },
  };
}
