# A stand-in for the official nginx on Alpine, the slim one without dynamic modules and curl: Debian's sources
# of nginx and of pcre2, compiled for musl. Context: this directory.
ARG FULL=dockbench/standin:full
ARG MUSL=dockbench/standin:musl
ARG ALPINE=dockbench/standin:alpine-linux
ARG ZONES=dockbench/standin:alpine
# extra-ca where the machine trusts certificates of its own
ARG TRUST=plain

FROM ${FULL} AS sources
WORKDIR /src
RUN sed -n '1s/^deb /deb-src /p' /etc/apt/sources.list >/etc/apt/sources.list.d/source.list \
 && apt-get update && apt-get source --download-only nginx pcre2

FROM ${MUSL} AS compiled
COPY --from=sources /src /src
RUN mkdir pcre2 && tar xf /src/pcre2_*.orig.tar.* -C pcre2 --strip-components=1 --no-same-owner \
 && mkdir nginx && tar xf /src/nginx_*.orig.tar.* -C nginx --strip-components=1 --no-same-owner
# Debian's musl has the function, and not its header
RUN echo 'char *crypt(const char *, const char *);' >/musl/usr/include/crypt.h
WORKDIR /build/nginx
# the second program is for finding faults, as in the official image
RUN mkdir -p /out/usr/sbin && for debug in --with-debug ""; do \
    { ./configure --prefix=/etc/nginx --sbin-path=/usr/sbin/nginx --modules-path=/usr/lib/nginx/modules \
        --conf-path=/etc/nginx/nginx.conf --error-log-path=/var/log/nginx/error.log \
        --http-log-path=/var/log/nginx/access.log --pid-path=/var/run/nginx.pid --lock-path=/var/run/nginx.lock \
        --http-client-body-temp-path=/var/cache/nginx/client_temp \
        --http-proxy-temp-path=/var/cache/nginx/proxy_temp --http-fastcgi-temp-path=/var/cache/nginx/fastcgi_temp \
        --http-uwsgi-temp-path=/var/cache/nginx/uwsgi_temp --http-scgi-temp-path=/var/cache/nginx/scgi_temp \
        --user=nginx --group=nginx --with-compat --with-threads --with-http_addition_module \
        --with-http_auth_request_module --with-http_dav_module --with-http_flv_module --with-http_gunzip_module \
        --with-http_gzip_static_module --with-http_mp4_module --with-http_random_index_module \
        --with-http_realip_module --with-http_secure_link_module --with-http_slice_module --with-http_ssl_module \
        --with-http_stub_status_module --with-http_sub_module --with-http_v2_module --with-mail \
        --with-mail_ssl_module --with-stream --with-stream_realip_module --with-stream_ssl_module \
        --with-stream_ssl_preread_module --with-pcre=/build/pcre2 $debug --with-cc=gcc \
        --with-cc-opt="-Os -I/musl/usr/include" --with-ld-opt="-L/musl/usr/lib -Wl,--strip-all -Wl,--as-needed" \
      && make -j"$(nproc)"; } >make.log 2>&1 || { tail -30 make.log; exit 1; }; \
    [ -z "$debug" ] || cp objs/nginx /out/usr/sbin/nginx-debug; \
  done; make install DESTDIR=/out >install.log 2>&1 || { tail -30 install.log; exit 1; }
RUN rm -rf /out/etc/nginx/*.default /out/etc/nginx/html /out/var/run /out/run

FROM ${ZONES} AS zones

FROM ${ALPINE} AS files
RUN addgroup -S -g 101 nginx \
 && adduser -S -D -H -u 101 -h /var/cache/nginx -s /sbin/nologin -G nginx -g nginx nginx
COPY --from=compiled /out /
COPY --from=zones /usr/share/zoneinfo /usr/share/zoneinfo
RUN mkdir -p /etc/nginx/conf.d /etc/nginx/templates /docker-entrypoint.d /usr/share/nginx/html /var/cache/nginx \
      /usr/lib/nginx/modules /var/log/nginx /var/run \
 && ln -s /usr/lib/nginx/modules /etc/nginx/modules \
 && ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log
COPY --chmod=755 envsubst /usr/local/bin/
COPY --chmod=755 entrypoint.sh /docker-entrypoint.sh
COPY nginx.conf /etc/nginx/
COPY default.conf /etc/nginx/conf.d/
COPY index.html /usr/share/nginx/html/
RUN cp /usr/share/nginx/html/index.html /usr/share/nginx/html/50x.html && nginx -t

FROM scratch AS nginx-plain
COPY --from=files / /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
FROM nginx-plain AS nginx-extra-ca
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
FROM nginx-${TRUST} AS nginx
LABEL io.dockbench=base
EXPOSE 80
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["nginx", "-g", "daemon off;"]
