# The operator's image: this program, with its own Node inside, on what its C library needs and nothing else.
#
#   docker build -t ghcr.io/kubectl-bedrock/kubectl-bedrock:VERSION .
#
# podman, buildah and nerdctl take the same line. docs/install.md says what to do where there is no engine.
FROM docker.io/library/node:26-trixie-slim AS build
ARG TARGETARCH=amd64
WORKDIR /src
COPY . .
RUN npm ci \
    && npm run package -- --platform linux/${TARGETARCH} --folder /out \
    && mkdir /program \
    && tar -xzf /out/bedrock-linux-${TARGETARCH}.tar.gz -C /program

FROM gcr.io/distroless/cc-debian13:nonroot
COPY --from=build /program/kubectl-bedrock /kubectl-bedrock
COPY --from=build /src/LICENSE /src/NOTICE /
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/kubectl-bedrock"]
CMD ["operator", "--all-namespaces"]
