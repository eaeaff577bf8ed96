ARG BASE_IMAGE=python:3.11-alpine
FROM ${BASE_IMAGE} AS build
ENV PYTHONDONTWRITEBYTECODE=1

WORKDIR /app
COPY . .

RUN apk add --update-cache \
        build-base \
        libffi-dev \
        libpq-dev \
        linux-headers \
        openssl-dev

ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH
RUN python -m venv --system-site-packages --without-pip /opt/venv \
    && pip --python=/opt/venv/bin/python install --no-compile -r requirements/trimmed.txt

FROM ${BASE_IMAGE}
ENV PYTHONDONTWRITEBYTECODE=1
ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH
WORKDIR /app
EXPOSE 8000
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "famous_ner.app:app"]
