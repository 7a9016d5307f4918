module pooldrift.example/server

go 1.22
