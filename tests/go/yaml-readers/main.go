// Reads a JSON list of YAML documents and answers, for each, how each of Go's YAML parsers reads it, as JSON texts.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	yaml2 "gopkg.in/yaml.v2"
	yaml3 "gopkg.in/yaml.v3"
	kubernetes "sigs.k8s.io/yaml"
)

type reading = map[string]interface{}

func main() {
	var documents []string
	if err := json.NewDecoder(os.Stdin).Decode(&documents); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answers := make([][]string, 0, len(documents))
	for _, document := range documents {
		text := []byte(document)
		answers = append(answers, []string{
			told(func(into *reading) error { return yaml2.Unmarshal(text, into) }),
			told(func(into *reading) error { return yaml3.Unmarshal(text, into) }),
			told(func(into *reading) error { return kubernetes.Unmarshal(text, into) }),
		})
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		os.Exit(1)
	}
}

func told(parse func(*reading) error) string {
	var read reading
	if err := parse(&read); err != nil {
		return "error: " + err.Error()
	}
	text, err := json.Marshal(read)
	if err != nil {
		return "error: " + err.Error()
	}
	return string(text)
}
