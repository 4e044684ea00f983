# The same Node as package.json pins for npm scripts.
ARG NODE_VERSION=24.21.0

# Everything npm installs, and the dashboard, which npm's prepare script builds.
FROM node:${NODE_VERSION}-slim AS build
WORKDIR /app
COPY . .
RUN npm ci && npm run -s sbom

# What runs needs no install script: nothing native, and Node is in the image.
FROM node:${NODE_VERSION}-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM node:${NODE_VERSION}-slim
ENV NODE_ENV=production MODE=servers HOST=0.0.0.0 PORT=8080 DATA_DIR=/data
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE SECURITY.md ./
COPY --from=build /app/sbom.cdx.json ./
COPY bin bin
COPY docs/problems docs/problems
COPY schemas schemas
COPY src src
COPY --from=build /app/dashboard/dist dashboard/dist
RUN ln -s /app/bin/zena-crm.js /usr/local/bin/zena-crm \
  && chmod +x bin/zena-crm.js \
  && install -d -o node -g node -m 0700 /data
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/app/bin/zena-crm.js"]
CMD ["start"]
