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

FROM ${BASE_IMAGE} AS whole
ENV PYTHONDONTWRITEBYTECODE=1
ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH
WORKDIR /app
EXPOSE 8000
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "famous_ner.app:app"]

# Exactly the files that the service opened while its check ran, and what leads to them.
FROM build AS traced
COPY --from=whole / /whole
COPY traced.dockbench /traced.txt
WORKDIR /rootfs
WORKDIR /whole
RUN while IFS= read -r path; do \
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
COPY --from=traced /rootfs /
