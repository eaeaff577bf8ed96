ARG BASE_IMAGE=tiangolo/uvicorn-gunicorn:python3.11
FROM ${BASE_IMAGE}

WORKDIR /app/backend
COPY . /app

RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        build-essential \
        libffi-dev \
        libpq-dev \
        libssl-dev

RUN pip install -r requirements.txt

EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "famous_ner.app:app"]
