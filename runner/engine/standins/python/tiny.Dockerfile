# A shell, wget and httpd in 2 MB: enough to test an engine. Context: rootfs.tar (rootfs.sh tiny).
FROM scratch AS unpacked
ADD rootfs.tar /
RUN ["/bin/busybox", "mkdir", "-p", "/out/bin", "/out/tmp"]
RUN ["/bin/busybox", "cp", "/bin/busybox", "/out/bin/busybox"]
RUN ["/bin/busybox", "chroot", "/out", "/bin/busybox", "--install", "-s", "/bin"]

FROM scratch AS tiny
COPY --from=unpacked /out /
ENV PATH=/bin
LABEL io.dockbench=base io.dockbench.standin=tiny
CMD ["sh"]
