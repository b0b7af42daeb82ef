# syntax=docker/dockerfile:1
# Two images from one recipe:
#   docker build --target light  .   command line, scheduler, Flower, migrations: no torch, no decoders
#   docker build --target worker .   the same and what classifies and trains
#
# Packages are pinned by version and hash (deploy/locks/, `make lock`). The base image is pinned by its tag, so
# that it gets its security fixes; to have the very same bytes each time, name it with its digest:
#   --build-arg PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:...

# the Python that the suite runs on, and that the locks are for
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS base
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    MUSICAI_HOME=/var/lib/musicai
RUN useradd --uid 1000 --user-group --create-home --home-dir /var/lib/musicai musicai
# not a folder with a worker.py of somebody else: Celery looks into the current folder first
WORKDIR /var/lib/musicai

FROM base AS build
WORKDIR /source
COPY deploy/locks/build.txt /locks/
RUN pip install --require-hashes --only-binary :all: --requirement /locks/build.txt
COPY . .
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .

FROM base AS light-packages
COPY deploy/locks/light.txt /locks/
RUN pip install --require-hashes --only-binary :all: --requirement /locks/light.txt

FROM light-packages AS worker-packages
# Address of the CPU wheels that pytorch.org gives. They are a tenth of the default ones, which bring CUDA.
ARG TORCH_INDEX=
COPY deploy/locks/worker.txt deploy/locks/torch.txt /locks/
RUN pip install --require-hashes --only-binary :all: --requirement /locks/worker.txt \
 && pip install --no-deps ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} --requirement /locks/torch.txt \
 && python -c 'import sys, torch; sys.exit(torch.version.cuda and "this torch brings CUDA: set TORCH_INDEX")'

FROM worker-packages AS worker
COPY --from=build /wheels /wheels
RUN pip install --no-deps /wheels/musicai-*.whl && pip check
VOLUME /var/lib/musicai
# by number: Kubernetes does not believe a name that it is not root
USER 1000:1000
ENTRYPOINT ["musicai"]
CMD ["worker"]

FROM light-packages AS light
COPY --from=build /wheels /wheels
RUN pip install --no-deps /wheels/musicai-*.whl
VOLUME /var/lib/musicai
USER 1000:1000
ENTRYPOINT ["musicai"]
CMD ["--help"]
