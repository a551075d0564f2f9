//go:build tools

// Package tools names the one program that this module is for.
package tools

import _ "k8s.io/kubernetes/cmd/kube-apiserver"
