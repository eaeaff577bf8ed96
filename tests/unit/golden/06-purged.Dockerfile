ARG BASE_IMAGE=python:3.11-alpine
FROM ${BASE_IMAGE}

WORKDIR /app
COPY . .

RUN apk add --update-cache \
        build-base \
        libffi-dev \
        libpq-dev \
        linux-headers \
        openssl-dev \
    && rm -rf /var/cache/apk/*

RUN pip install -r requirements/trimmed.txt \
    && rm -rf ~/.cache/pip

EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "famous_ner.app:app"]
