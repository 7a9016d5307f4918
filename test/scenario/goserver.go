// SPDX-License-Identifier: Apache-2.0

// goserver ADDRESS: listens on TCP until it is ended.
package main

import (
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		panic(err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		connection.Close()
	}
}
