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
RUN python -m venv --without-pip /opt/venv \
    && pip --python=/opt/venv/bin/python install --no-compile -r requirements/trimmed.txt

# A root of its own for the interpreter: deleting on top of a base would save nothing.
# The virtual environment has what the service needs: the base's own packages stay behind.
WORKDIR /rootfs

RUN mkdir -p etc opt tmp usr/local/bin usr/local/lib \
    && chmod 1777 tmp \
    && cp -a /usr/local/bin/python /usr/local/bin/python3 /usr/local/bin/python3.?? \
        usr/local/bin/ \
    && cp -a /usr/local/lib/libpython3* /usr/local/lib/python3.?? usr/local/lib/ \
    && rm -rf usr/local/lib/python3.??/site-packages/* \
    && cp -a /opt/venv opt/ \
    && cp /etc/passwd /etc/group etc/ \
    && for file in \
        /etc/nsswitch.conf \
        /etc/services \
        /etc/protocols \
        /etc/mime.types \
        /etc/os-release \
        /etc/localtime \
        /etc/timezone \
        /etc/ssl/openssl.cnf \
        /etc/ssl/certs/ca-certificates.crt \
        ; do if [ -e "$file" ]; then cp -L --parents "$file" .; fi; done \
    && ln -s /rootfs/usr/local/lib/python3.?? /stdlib

WORKDIR /stdlib

RUN rm -rf \
        config-* \
        curses \
        dbm \
        distutils \
        ensurepip \
        idlelib \
        lib-dynload/_bz2.* \
        lib-dynload/_codecs_* \
        lib-dynload/_crypt.* \
        lib-dynload/_curses* \
        lib-dynload/_dbm.* \
        lib-dynload/_gdbm.* \
        lib-dynload/_lzma.* \
        lib-dynload/_multibytecodec.* \
        lib-dynload/_sqlite3.* \
        lib-dynload/_test* \
        lib-dynload/_tkinter.* \
        lib-dynload/_xx* \
        lib-dynload/audioop.* \
        lib-dynload/nis.* \
        lib-dynload/ossaudiodev.* \
        lib-dynload/readline.* \
        lib-dynload/spwd.* \
        lib-dynload/xx* \
        lib2to3 \
        msilib \
        pydoc_data \
        sqlite3 \
        test \
        tkinter \
        turtle.py \
        turtledemo \
        unittest \
        venv \
        wsgiref \
        xmlrpc

RUN find /rootfs/opt /rootfs/usr -depth \( \
        -name '*.a' \
        -o -name '*.c' \
        -o -name '*.h' \
        -o -name '*.pxd' \
        -o -name '*.pyi' \
        -o -name '*.pyx' \
        -o -name idle_test \
        -o -name include \
        -o -name man \
        -o -name pkgconfig \
        -o -name py.typed \
        -o -name test \
        -o -name tests \
        -o -name __pycache__ \) \
        -exec rm -rf '{}' + \
    && if command -v strip > /dev/null; then \
        find /rootfs -type f \( -name '*.so' -o -name '*.so.[0-9]*' -o -name 'python3.??' \) \
        ! -path '*.libs/*' -exec strip --strip-debug '{}' + ; fi

# The loader names the shared libraries that are needed, and where they are.
RUN command -v ldd > /dev/null || ln -s /lib/ld-musl-*.so.1 /usr/local/bin/ldd \
    && find /rootfs -type f \( -name '*.so' -o -name '*.so.[0-9]*' -o -name 'python3.??' \) \
        -exec ldd '{}' ';' > /tmp/ldd 2> /dev/null \
    && sed -n -E '/ \/rootfs/!s#^[^/]*(/[^ ]+) \(0x[0-9a-f]+\)$#\1#p' /tmp/ldd > /tmp/libraries \
    && while read -r library; do \
        [ -e "/rootfs$library" ] || cp -L --parents "$library" /rootfs || exit 1; \
        done < /tmp/libraries \
    && chmod -R a+rX /rootfs

# Python also reads its library from an archive; os.py marks the library's folder.
RUN mkdir /kept \
    && mv lib-dynload os.py /kept/ \
    && archive="/rootfs$(python -I -c 'import sys; print(sys.path[0])')" \
    && python -I -m zipfile --create "$archive" . \
    && rm -rf ./* \
    && mv /kept/* .

FROM scratch

ENV LANG=C.UTF-8 \
    PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt

ENV PYTHONDONTWRITEBYTECODE=1
COPY --from=build /rootfs /
WORKDIR /app
COPY famous_ner famous_ner

EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "famous_ner.app:app"]
