#!/usr/bin/perl
# Owns a listening socket over restarts of the program that serves it, as a
# systemd socket unit does (sd_listen_fds(3)): descriptor 3, LISTEN_FDS,
# LISTEN_PID.  Usage: holder.pl unix:PATH|PORT COMMAND...; the line "start" on
# standard input starts the command once more; answers are "started PID" and
# "ended PID STATUS".  It ends with its input and leaves the commands alone.
use strict;
use warnings;
use POSIX ();
use Socket;

my $where = shift @ARGV;
my ($path) = $where =~ /^unix:(.+)/;
my ($family, $address);
if (defined $path) {
	($family, $address) = (AF_UNIX, pack_sockaddr_un($path));
} else {
	($family, $address) = (AF_INET, pack_sockaddr_in($where, INADDR_LOOPBACK));
}
socket(my $listener, $family, SOCK_STREAM, 0) or die "socket: $!\n";
setsockopt($listener, SOL_SOCKET, SO_REUSEADDR, 1);
bind($listener, $address) or die "bind $where: $!\n";
listen($listener, 1024) or die "listen: $!\n";
chmod 0666, $path if defined $path;
# dup2 leaves the copy open over exec.
if (fileno($listener) == 3) {
	my $high = POSIX::dup(3);
	POSIX::dup2($high, 3);
	POSIX::close($high);
	require Fcntl;
	fcntl($listener, Fcntl::F_SETFD(), 0);
} else {
	POSIX::dup2(fileno($listener), 3);
}

$SIG{CHLD} = sub {
	while ((my $pid = waitpid(-1, POSIX::WNOHANG())) > 0) {
		syswrite(STDOUT, "ended $pid $?\n");
	}
};
while (defined(my $line = <STDIN>)) {
	next if $line !~ /^start/;
	my $pid = fork() // die "fork: $!\n";
	if ($pid == 0) {
		$SIG{CHLD} = 'DEFAULT';
		open(STDIN, '<', '/dev/null');
		@ENV{'LISTEN_FDS', 'LISTEN_PID'} = (1, $$);
		exec(@ARGV) or POSIX::_exit(127);
	}
	syswrite(STDOUT, "started $pid\n");
}
