// A server of go-smtp that throws away what it takes. Says its port on standard output.
package main

import (
	"fmt"
	"io"
	"net"

	"github.com/emersion/go-smtp"
)

type backend struct{}
type session struct{}

func (backend) Login(*smtp.ConnectionState, string, string) (smtp.Session, error) {
	return nil, smtp.ErrAuthUnsupported
}
func (backend) AnonymousLogin(*smtp.ConnectionState) (smtp.Session, error) { return session{}, nil }

func (session) Reset()                              {}
func (session) Logout() error                       { return nil }
func (session) Mail(string, smtp.MailOptions) error { return nil }
func (session) Rcpt(string) error                   { return nil }
func (session) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	server := smtp.NewServer(backend{})
	server.Domain = "go.example"
	server.AuthDisabled = true
	server.MaxMessageBytes = 26214400
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	panic(server.Serve(listener))
}
