import { configurationPage } from './configuration.ts';
import { errorsPage } from './errors.ts';
import { eventsPage } from './events.ts';
import { metricsPage } from './metrics.ts';
import { operationsPage, schemasPage } from './operations.ts';

/** The generated pages by their file in docs/reference. */
export const REFERENCE: Readonly<Record<string, () => string>> = {
  'configuration.md': configurationPage,
  'errors.md': errorsPage,
  'events.md': eventsPage,
  'metrics.md': metricsPage,
  'operations.md': operationsPage,
  'schemas.md': schemasPage,
};
