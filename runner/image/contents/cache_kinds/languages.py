"""Caches of the compilers and package managers of other languages."""

from __future__ import annotations

from runner.image.contents.cache_kinds.kind import EMPTIED, REMOVED, Advice, CacheKind, mount

LANGUAGES: tuple[CacheKind, ...] = (
    CacheKind(
        "go",
        ("**/.cache/go-build", "**/go/pkg/mod", "**/go/pkg/sumdb"),
        (
            Advice(
                "RUN --mount=type=cache,target={path} go build …, or build in another stage and"
                " COPY --from only the binary"
            ),
        ),
        variables=(
            "GOCACHE",
            "GOMODCACHE",
            "XDG_CACHE_HOME/go-build",
            "GOPATH/pkg/mod",
            "GOPATH/pkg/sumdb",
        ),
        used_by=("go",),
    ),
    CacheKind(
        "cargo",
        (
            "**/.cargo/registry",
            "**/.cargo/git",
            "usr/local/cargo/registry",
            "usr/local/cargo/git",
        ),
        (
            Advice(
                "RUN --mount=type=cache,target={path} cargo build …, or build in another stage and"
                " COPY --from only the binary"
            ),
        ),
        variables=("CARGO_HOME/registry", "CARGO_HOME/git"),
        used_by=("cargo",),
    ),
    CacheKind(
        "composer",
        ("**/.composer/cache", "**/.cache/composer"),
        (mount("composer …"),),
        variables=("COMPOSER_CACHE_DIR", "COMPOSER_HOME/cache", "XDG_CACHE_HOME/composer"),
    ),
    CacheKind(
        "bundler",
        ("usr/local/bundle/cache", "**/.bundle/cache"),
        (mount("bundle install"),),
        variables=("GEM_HOME/cache",),
    ),
    CacheKind(
        "gem",
        ("**/ruby/gems/*/cache", "**/lib/gems/*/cache", "**/.gem/ruby/*/cache"),
        (REMOVED,),
    ),
    CacheKind(
        "cpan", ("**/.cpan/build", "**/.cpan/sources", "**/.cpanm/work"), (mount("cpanm …"),)
    ),
    CacheKind("dart", ("**/.pub-cache",), (mount("dart pub get"),), used_by=("dart", "flutter")),
    CacheKind("ivy", ("**/.ivy2/cache",), (mount("sbt …"),), used_by=("sbt",)),
    CacheKind("conan", ("**/.conan2/p", "**/.conan/data"), (mount("conan install …"),)),
    CacheKind(
        "haskell",
        ("**/.cabal/packages", "**/.stack"),
        (mount("cabal build …"),),
        used_by=("stack", "cabal"),
    ),
    CacheKind("hex", ("**/.hex/packages",), (mount("mix deps.get"),), used_by=("mix",)),
    CacheKind("opam", ("**/.opam/download-cache",), (mount("opam install …"),)),
    CacheKind("rustup", ("**/.rustup/downloads", "**/.rustup/tmp"), (REMOVED,)),
    CacheKind(
        "caches of checkers",
        (
            "**/.mypy_cache",
            "**/.ruff_cache",
            "**/.pytest_cache",
            "**/.hypothesis",
            "**/.tox",
            "**/.nox",
        ),
        (REMOVED,),
    ),
    CacheKind(
        "caches of bundlers",
        ("**/.next/cache", "**/.parcel-cache", "**/.angular/cache", "**/.turbo", "**/.nx/cache"),
        (
            Advice(
                f"RUN --mount=type=cache,target={{path}} …, or {EMPTIED} at the end of the same"
                " RUN, if nothing reads it when the service runs"
            ),
        ),
    ),
    CacheKind("maven", ("**/.m2/repository",), (mount("mvn …"),), used_by=("mvn", "mvnw", "mvnd")),
    CacheKind(
        "gradle",
        ("**/.gradle/caches",),
        (mount("gradle …"),),
        variables=("GRADLE_USER_HOME/caches",),
        used_by=("gradle", "gradlew"),
    ),
    CacheKind(
        "nuget",
        (
            "**/.nuget/packages",
            "**/.local/share/NuGet/http-cache",
            "**/.local/share/NuGet/v3-cache",
        ),
        (
            Advice(
                "dotnet publish in another stage, with RUN --mount=type=cache,target={path}, and"
                " COPY --from only what it publishes"
            ),
        ),
        variables=("NUGET_PACKAGES", "NUGET_HTTP_CACHE_PATH"),
        used_by=("dotnet-run", "dotnet-watch"),
    ),
)
