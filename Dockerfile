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
# Node needs it, and the image below does not bring it
RUN apt-get update && apt-get install -y --no-install-recommends libatomic1 \
    && cp "$(ldconfig -p | awk '/libatomic.so.1/ { print $NF; exit }')" /program/

FROM gcr.io/distroless/cc-debian13:nonroot
COPY --from=build /program/kubectl-bedrock /kubectl-bedrock
COPY --from=build /program/libatomic.so.1 /usr/lib/
COPY --from=build /program/LICENSE /program/LICENSE.node /program/LICENSES.txt /program/NOTICE /licenses/
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/kubectl-bedrock"]
CMD ["operator", "--all-namespaces"]
