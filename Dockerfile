# glibc: Temporal's native core has no musl build, so no Alpine.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 ACE_DATA_DIR=/data ACE_CACHE=/cache
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY src src
COPY workflows workflows
COPY activities activities
COPY workers workers
RUN mkdir /data /cache && chown node:node /data /cache
USER node
VOLUME ["/data", "/cache"]
EXPOSE 8080
CMD ["node", "workers/api.ts"]
