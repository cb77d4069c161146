# The worker, and the command line in the same image. Debian, as Temporal's core brings binaries for glibc.
FROM node:22.20.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Without scripts: the packages with native code bring it built, and this one's own `prepare` needs the sources.
RUN npm ci --ignore-scripts
COPY . .
# No `--omit=optional`: the binary of SWC, which the worker's bundler loads, is an optional package.
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:22.20.0-bookworm-slim
# The slim image has no root certificates: without them TLS to Temporal and Kratos fails.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/* \
  && install --directory --owner=node --group=node --mode=0700 /data/imports /data/runs
# Each thread of glibc's keeps what it has freed in an arena of its own: with two for all of them, a worker's memory does
# not grow with the length of an import.
ENV NODE_ENV=production \
  MALLOC_ARENA_MAX=2 \
  IMPORT_ROOT=/data/imports \
  IMPORT_RUNS=/data/runs \
  PATH=/app/bin:$PATH
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/bin ./bin
COPY --from=build /app/dist ./dist
COPY --from=build /app/templates ./templates
RUN ln -s user-import.cjs bin/user-import && chmod 0755 bin/user-import.cjs
# The user `node`, as a number: Kubernetes can tell from it that it is not root. Any other will do as well, and the root
# file system may be read-only: only the folders above and /tmp are written to.
USER 1000:1000
# Node handles the signals itself and starts no process: it needs no init. Threads that help to collect garbage take more
# of the cores, which the worker may share, than they save it: an eighth of its processor time.
CMD ["node", "--single-threaded-gc", "bin/user-import.cjs", "worker"]
