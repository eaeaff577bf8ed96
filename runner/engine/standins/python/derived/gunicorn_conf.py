"""gunicorn settings of the derived image, each from an environment variable."""

import multiprocessing
import os

per_core = float(os.getenv("WORKERS_PER_CORE", "1"))
usual_workers = max(int(per_core * multiprocessing.cpu_count()), 2)
workers = int(os.getenv("WEB_CONCURRENCY") or usual_workers)
bind = os.getenv("BIND") or f"{os.getenv('HOST', '0.0.0.0')}:{os.getenv('PORT', '80')}"
loglevel = os.getenv("LOG_LEVEL", "info")
accesslog = os.getenv("ACCESS_LOG", "-") or None
errorlog = os.getenv("ERROR_LOG", "-") or None
timeout = int(os.getenv("TIMEOUT", "120"))
graceful_timeout = int(os.getenv("GRACEFUL_TIMEOUT", "120"))
keepalive = int(os.getenv("KEEP_ALIVE", "5"))
worker_tmp_dir = "/dev/shm"
