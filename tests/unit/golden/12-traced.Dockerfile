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
        openssl-dev \
    && python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --no-compile -r requirements/trimmed.txt

# Exactly the files that the service opened while its check ran, and what leads to them.
COPY traced.dockbench /traced.txt
WORKDIR /

RUN mkdir /rootfs \
    && while IFS= read -r path; do \
        if [ -d "$path" ] && [ ! -h "$path" ]; then \
        mkdir "/rootfs/$path" \
        && chown "$(stat -c %u:%g "$path")" "/rootfs/$path" \
        && chmod "$(stat -c %a "$path")" "/rootfs/$path"; \
        else cp -a "$path" "/rootfs/$path"; fi || exit 1; \
        done < /traced.txt \
    && if command -v strip > /dev/null; then \
        find /rootfs -type f \( -name '*.so' -o -name '*.so.[0-9]*' -o -name 'python3.??' \) \
        ! -path '*.libs/*' -exec strip --strip-debug '{}' + ; fi

FROM scratch

ENV LANG=C.UTF-8 \
    PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    PYTHONDONTWRITEBYTECODE=1

COPY --from=build /rootfs /
WORKDIR /app

EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "famous_ner.app:app"]
