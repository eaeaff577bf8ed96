"""What is asked of the Linux kernel: namespaces, opened files, mounts, processes, bridges."""
