import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import express from 'express';
import type { Router } from 'express';

const INITIALIZER = `document.title = 'AI Coordination Engine';
window.onload = () => {
  window.ui = SwaggerUIBundle({
    url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null, persistAuthorization: true,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset], layout: 'StandaloneLayout',
  });
};
`;

/** `/openapi.json`, and `/docs`, to which `/` leads: Swagger UI from the installed package, so that it works offline. */
export function docsRouter(document: object): Router {
  const router = express.Router();
  const text = JSON.stringify(document);
  router.get('/', (_request, response) => {
    response.redirect('/docs');
  });
  router.get('/openapi.json', (_request, response) => {
    response.type('application/json').send(text);
  });
  router.use('/docs', (_request, response, next) => {
    response.set('Content-Security-Policy', "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'");
    next();
  });
  router.get('/docs/swagger-initializer.js', (_request, response) => {
    response.type('text/javascript').send(INITIALIZER);
  });
  const files = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  router.use('/docs', express.static(files, { redirect: true, dotfiles: 'deny' }));
  return router;
}
