# syntax=docker/dockerfile:1
# Two images from one recipe:
#   docker build --target light  .   command line, scheduler, Flower, migrations: no torch, no decoders
#   docker build --target worker .   the same and what classifies

ARG PYTHON=3.12

FROM python:${PYTHON}-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

FROM base AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-deps --wheel-dir /wheels .
# what the light side never imports (a test holds that) is left out of its image
RUN python -c 'import re, tomllib; \
    heavy = {"av", "librosa", "safetensors", "scipy", "soundfile", "soxr", "torch"}; \
    wanted = tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"]; \
    name = lambda requirement: re.match(r"[\w.-]+", requirement)[0]; \
    print(*(r for r in wanted if name(r) not in heavy), sep="\n")' > /wheels/light.txt

FROM base AS light
RUN useradd --uid 1000 --create-home --home-dir /var/lib/musicai musicai
COPY --from=build /wheels /wheels
RUN pip install --requirement /wheels/light.txt && pip install --no-deps /wheels/musicai-*.whl
ENV MUSICAI_HOME=/var/lib/musicai
# not a folder with a worker.py of somebody else: Celery looks into the current folder first
WORKDIR /var/lib/musicai
VOLUME /var/lib/musicai
USER musicai
ENTRYPOINT ["musicai"]
CMD ["--help"]

FROM light AS worker
# A CPU wheel of torch is a tenth of the default one:
#   --build-arg TORCH_INDEX=<address of the CPU wheels that pytorch.org gives>
ARG TORCH_INDEX=
USER root
RUN pip install ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} /wheels/musicai-*.whl
USER musicai
CMD ["worker"]
