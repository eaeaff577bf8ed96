"""The one package that knows the Docker SDK: engines that speak the Docker API."""
