# The action's image: the runner, the packages that it needs, and nothing that built them.
#
# Both bases are pinned by tag. A tag can move: who wants exact bases states their digests, as in
#   docker build --build-arg BASE=python:3.13-slim-trixie@sha256:...
# The packages are pinned with hashes, in requirements.txt.
ARG BUILD=python:3.13-trixie
ARG BASE=python:3.13-slim-trixie

# The full image has the C compiler that init needs: no apt, no second registry.
FROM ${BUILD} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
# The packages change seldom, the runner often: a layer each.
COPY requirements.txt /source/
RUN python -m venv --without-pip /build \
 && pip --python /build/bin/python install hatchling==1.33.0 \
 && python -m venv --without-pip /opt/exec-action \
 && pip --python /opt/exec-action/bin/python install --no-deps --require-hashes --only-binary :all: \
    -r /source/requirements.txt
COPY pyproject.toml hatch_build.py README.md LICENSE /source/
COPY runner /source/runner
RUN pip --python /build/bin/python wheel --no-deps --no-build-isolation --wheel-dir /wheels /source \
 && pip --python /opt/exec-action/bin/python install --no-deps /wheels/*.whl \
 && pip --python /opt/exec-action/bin/python check

FROM ${BASE}
LABEL org.opencontainers.image.source="https://github.com/codomyrmex/exec-action" \
      org.opencontainers.image.description="Runs code snippets in isolated Docker containers, compares their output, writes JUnit XML" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/exec-action /opt/exec-action
# -I: the working directory is the workspace, and a `runner` folder in it must never be imported.
# No USER: GitHub's runner needs root here, and so does the Docker socket that it mounts.
ENTRYPOINT ["/opt/exec-action/bin/python", "-I", "-m", "runner.action"]
