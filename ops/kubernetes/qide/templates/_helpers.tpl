{{- define "qide.fullname" -}}
{{- if contains "qide" .Release.Name -}}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{- else -}}{{ printf "%s-qide" .Release.Name | trunc 52 | trimSuffix "-" }}{{- end -}}
{{- end -}}

{{- define "qide.selector" -}}
app.kubernetes.io/name: qide
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "qide.labels" -}}
{{ include "qide.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "qide.image" -}}
{{- if .Values.image.digest -}}{{ .Values.image.repository }}@{{ .Values.image.digest }}{{- else -}}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{- end -}}
{{- end -}}

{{- define "qide.scheme" -}}
{{- if .Values.tls.existingSecret -}}HTTPS{{- else -}}HTTP{{- end -}}
{{- end -}}

{{/* The URL that people use; empty when neither publicUrl nor an Ingress with TLS says it. */}}
{{- define "qide.publicUrl" -}}
{{- if .Values.publicUrl -}}{{ .Values.publicUrl }}
{{- else if and .Values.ingress.enabled .Values.ingress.tlsSecret -}}https://{{ .Values.ingress.host }}{{ .Values.ingress.prefix }}/
{{- end -}}
{{- end -}}

{{/* No capability, no privilege, no write outside of volumes. The sandbox needs three exceptions. */}}
{{- define "qide.securityContext" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
{{- if .Values.sandbox.enabled }}
procMount: Unmasked
seccompProfile:
  type: Localhost
  localhostProfile: {{ .Values.sandbox.seccompProfile }}
appArmorProfile:
  type: Unconfined
{{- else }}
seccompProfile:
  type: RuntimeDefault
{{- end }}
{{- end -}}

{{/* Whether the database keeps the managed workspaces: then a directory is one pod's own copy, and never shared. */}}
{{- define "qide.filesInDatabase" -}}
{{- if eq (get .Values.settings "QIDE_FILES") "database" -}}true{{- end -}}
{{- end -}}

{{/* What the schema cannot say: each mistake in one sentence. */}}
{{- define "qide.validate" -}}
{{- if and .Values.login.existingSecret (not (include "qide.publicUrl" .)) -}}
{{- fail "login.existingSecret needs the public URL: set publicUrl, or ingress.host and ingress.tlsSecret." -}}
{{- end -}}
{{- if and .Values.workspaces.directories (not .Values.workspaces.existingClaim) -}}
{{- fail "workspaces.directories are directories of a volume: set workspaces.existingClaim." -}}
{{- end -}}
{{- if and (gt (int .Values.replicas) 1) (not .Values.workspaces.directories) (not (include "qide.filesInDatabase" .)) -}}
{{- fail "Several replicas need workspaces.directories, or settings.QIDE_FILES=database: the sample workspace is each replica's own." -}}
{{- end -}}
{{- if and (ne .Values.service.type "ClusterIP") .Values.networkPolicy.enabled (not .Values.networkPolicy.extraIngress) -}}
{{- fail "service.type LoadBalancer and NodePort need networkPolicy.extraIngress: the addresses that may connect." -}}
{{- end -}}
{{- if and .Values.sandbox.enabled (not .Values.sandbox.seccompProfile) -}}
{{- fail "sandbox.enabled needs sandbox.seccompProfile: the path of ops/docker/seccomp.json on the nodes." -}}
{{- end -}}
{{- end -}}

{{- define "qide.httpPort" -}}
- port: 8080
  protocol: TCP
{{- end -}}
