ARG BASE_IMAGE=python:3.11-alpine
FROM ${BASE_IMAGE}

WORKDIR /app
COPY . .

RUN apk add --virtual .build-deps --update-cache \
        build-base \
        libffi-dev \
        libpq-dev \
        linux-headers \
        openssl-dev \
    && pip install -r requirements/trimmed.txt \
    && apk del --no-network .build-deps \
    && rm -rf /var/cache/apk/* ~/.cache/pip

EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "famous_ner.app:app"]
