#!/usr/bin/env bash
# Puts the lifecycle policy, the ingest pipeline and the index template into Elasticsearch, and the data view, searches and
# dashboards into Kibana. Can be repeated: what is there is replaced; documents are not touched.
#
#   ELASTICSEARCH_URL=https://…:9200 KIBANA_URL=https://…:5601 ELASTIC_API_KEY=… ops/elk/import.sh
#
# Without KIBANA_URL only Elasticsearch is set up. CURL_CA_BUNDLE names a private authority's certificate.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
: "${ELASTICSEARCH_URL:?set it to the address of Elasticsearch, for instance https://localhost:9200}"
headers=$(mktemp)
trap 'rm -f "$headers"' EXIT
chmod 600 "$headers"
# curl reads the key from a file: on its command line everybody on this machine could read it.
[ -z "${ELASTIC_API_KEY:-}" ] || printf 'Authorization: ApiKey %s\n' "$ELASTIC_API_KEY" >"$headers"

send() { # send WHAT METHOD URL CURL-OPTIONS…
  local what=$1 method=$2 url=$3 answer
  shift 3
  answer=$(curl --silent --show-error --max-time 60 --header "@$headers" --request "$method" --write-out '\n%{http_code}' "$@" "$url") || {
    echo "$what: $url did not answer: check the address and the certificate" >&2
    exit 1
  }
  if [[ ${answer##*$'\n'} != 2?? ]] || [[ $answer == *'"success":false'* ]]; then
    echo "$what was refused with ${answer##*$'\n'}: ${answer%$'\n'*}" >&2
    exit 1
  fi
  echo "$what: done"
}
put() { send "$1" PUT "$ELASTICSEARCH_URL/$2" --header 'Content-Type: application/json' --data-binary "@$3"; }

put 'lifecycle policy' _ilm/policy/qide-logs lifecycle.json
put 'ingest pipeline' _ingest/pipeline/qide-logs ingest-pipeline.json
put 'index template' _index_template/qide-logs index-template.json
if [ -n "${KIBANA_URL:-}" ]; then
  send 'data view, searches and dashboards' POST "$KIBANA_URL/api/saved_objects/_import?overwrite=true" \
    --header 'kbn-xsrf: true' --form file=@saved-objects.ndjson
fi
