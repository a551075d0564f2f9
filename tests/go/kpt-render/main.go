// Renders a package as `kpt fn render` does: the command is kpt's own, alone.
package main

import (
	"context"
	"os"

	"github.com/kptdev/kpt/commands/fn/render"
	"github.com/kptdev/kpt/pkg/printer"
)

func main() {
	context := printer.WithContext(context.Background(), printer.New(os.Stdout, os.Stderr))
	command := render.NewCommand(context, "")
	command.SetArgs(os.Args[1:])
	if err := command.Execute(); err != nil {
		os.Exit(1)
	}
}
