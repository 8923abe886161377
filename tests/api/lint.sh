#!/bin/sh
# SPDX-License-Identifier: ISC
# openapi/encl.json by itself: well-formed, whole, its examples fit.
cd "$(dirname "$0")/../.." || exit 1
command -v python3 >/dev/null || { echo "skipped lint: no python3"; exit 77; }
export PYTHONPATH=tests/api PYTHONDONTWRITEBYTECODE=1
exec python3 tests/api/lint.py
