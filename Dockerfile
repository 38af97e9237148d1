# The program for CI systems that run images: docker build --tag mmar2mdai .
FROM node:22-bookworm-slim AS build
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && node scripts/action-folder.mjs /program

FROM node:22-bookworm-slim
# verify reads deploy code by Python's own parser; git and shells of CI systems are there or not
# needed.
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-minimal \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /program /usr/local/lib/mmar2mdai
RUN ln -s ../lib/mmar2mdai/bin/mmar2mdai.js /usr/local/bin/mmar2mdai \
    && chmod 755 /usr/local/lib/mmar2mdai/bin/mmar2mdai.js
USER node
WORKDIR /work
ENTRYPOINT ["mmar2mdai"]
CMD ["--help"]
