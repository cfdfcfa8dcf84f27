# Switchyard in a container: built with the official Swift image, run without Swift.
#
#   docker build -t switchyard .
#   docker run --rm -p 6432:6432 -v "$PWD/config:/etc/switchyard:ro" switchyard
#
# The configuration is /etc/switchyard/switchyard.json; its "listen" must name host 0.0.0.0 for
# clients outside of the container. Ask the running proxy with
#   docker exec CONTAINER proxyctl status

FROM swift:6.3-bookworm AS build
RUN apt-get update -q \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        libpq-dev libssl-dev pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# The dependencies alone first: they stay cached while only the sources change.
COPY Package.swift ./
RUN swift package resolve
COPY Sources ./Sources
COPY Tests ./Tests
RUN swift build -c release --static-swift-stdlib --product switchyard \
    && swift build -c release --static-swift-stdlib --product proxyctl \
    && mkdir /out \
    && cp "$(swift build -c release --static-swift-stdlib --show-bin-path)/switchyard" \
        "$(swift build -c release --static-swift-stdlib --show-bin-path)/proxyctl" /out/ \
    && strip --strip-debug /out/switchyard /out/proxyctl

FROM debian:bookworm-slim
RUN apt-get update -q \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        libpq5 libssl3 libstdc++6 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 6432 switchyard \
    && useradd --uid 6432 --gid switchyard --no-create-home --shell /usr/sbin/nologin \
        switchyard
COPY --from=build /out/switchyard /out/proxyctl /usr/local/bin/
ENV SWITCHYARD_CONFIG=/etc/switchyard/switchyard.json
VOLUME ["/etc/switchyard"]
USER switchyard
EXPOSE 6432
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/switchyard", "--config", "/etc/switchyard/switchyard.json"]
