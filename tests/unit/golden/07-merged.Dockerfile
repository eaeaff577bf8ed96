ARG BASE_IMAGE=python:3.11-alpine
FROM ${BASE_IMAGE}

WORKDIR /app
COPY . .

# Compiler and headers leave in the layer that brought them, or they would stay.
RUN apk add --update-cache --virtual .build-deps \
        build-base \
        libffi-dev \
        libpq-dev \
        linux-headers \
        openssl-dev \
    && pip install -r requirements/trimmed.txt \
    && apk del --no-network .build-deps \
    && rm -rf /var/cache/apk/* /root/.cache/pip

EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "famous_ner.app:app"]
