#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Fills the middle layer; runs chrooted in it.  Argument: the distribution family.
set -eu

family=$1
packages=

# libraries_of PACKAGE: those that it, for building with them, depends on.
libraries_of()
{
	apt-cache depends "$1" 2>/dev/null | sed -n 's/^ *Depends: \(lib[^ ]*\)$/\1/p' | grep -v -- '-dev$'
}

# wanted_debian: the names of the list, with the libraries' names in this release.
wanted_debian()
{
	local word package

	sed 's/#.*//' /tmp/lab/packages | while read -r word package; do
		if [ "$word" = libraries-of ]; then
			# The index may be missing.
			libraries_of "$package" || { apt-get -q update >&2; libraries_of "$package"; } || exit 1
		else
			echo "$word"
		fi
	done
}

# What the host has already is seen through the layer: neither copied nor upgraded.
missing_debian()
{
	local package

	for package in $packages; do
		dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -q '^installed' ||
			echo "$package"
	done
}

# apt_get ARGUMENT...: once more with a fresh package index, if it does not work.
apt_get()
{
	apt-get -q -y --no-install-recommends "$@" || {
		echo "lab: perhaps the package index is old or missing; fetching it and trying again"
		apt-get -q update
		apt-get -q -y --no-install-recommends "$@"
	}
}

install_debian()
{
	local missing

	missing=$(missing_debian)
	[ -n "$missing" ] || return 0
	# Nothing may start here: the processes would run on the host.
	printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
	chmod 0755 /usr/sbin/policy-rc.d
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086  # a list of words
	apt_get install $missing
	apt-get clean
	rm -f /usr/sbin/policy-rc.d
}

# names_debian WORDS: Debian 13 gave libraries with another time_t another name, also where that is the same.
names_debian()
{
	local package

	for package in $1; do
		if ! is_known "$package" && is_known "${package}t64"; then
			package=${package}t64
		fi
		echo "$package"
	done
}

is_known() { apt-cache show --no-all-versions "$1" 2>/dev/null | grep "^Package: $1$" >/dev/null; }

# Packages as files, for scenarios: each line of the second list, and what its packages need and a
# node lacks, in a folder.
keep_debian()
{
	local folder line

	sed 's/#.*//; /^[[:space:]]*$/d' /tmp/lab/debs | while read -r line; do
		folder=/var/cache/lab/debs/${line%% *}
		line=$(names_debian "$line")
		mkdir -p "$folder"
		# shellcheck disable=SC2086  # a list of words
		apt_get --download-only install $line < /dev/null
		find /var/cache/apt/archives -name '*.deb' -exec mv -t "$folder" {} +
		# What is installed was not fetched. apt works as a user of its own, who must be able
		# to write.
		chown _apt "$folder"
		# shellcheck disable=SC2086
		(cd "$folder" && apt_get download $line < /dev/null)
		chown -R root:root "$folder"
	done
}

# Units that a container cannot use, or that only cost boot time.
mask_units()
{
	systemctl -q mask \
		console-getty.service getty.target getty-static.service getty@.service \
		serial-getty@.service container-getty@.service \
		systemd-timesyncd.service systemd-networkd.service systemd-resolved.service \
		systemd-networkd-wait-online.service systemd-firstboot.service \
		systemd-udevd.service systemd-udev-trigger.service systemd-hwdb-update.service \
		systemd-update-utmp.service systemd-update-utmp-runlevel.service \
		systemd-machine-id-commit.service systemd-repart.service systemd-pstore.service \
		systemd-modules-load.service systemd-binfmt.service systemd-random-seed.service \
		proc-sys-fs-binfmt_misc.automount sys-kernel-config.mount sys-kernel-debug.mount \
		sys-kernel-tracing.mount sys-fs-fuse-connections.mount dev-hugepages.mount \
		kmod-static-nodes.service ldconfig.service e2scrub_reap.service \
		systemd-ask-password-console.path systemd-ask-password-wall.path \
		systemd-tmpfiles-clean.timer apt-daily.timer apt-daily-upgrade.timer
}

# A generator is a process at every boot; only the one for SysV scripts is of use here.
mask_generators()
{
	local generator

	mkdir -p /etc/systemd/system-generators
	for generator in /usr/lib/systemd/system-generators/*; do
		[ "${generator##*/}" = systemd-sysv-generator ] ||
			ln -sf /dev/null "/etc/systemd/system-generators/${generator##*/}"
	done
}

configure_system()
{
	: > /etc/machine-id
	printf 'nameserver 127.0.0.1\n' > /etc/resolv.conf
	mkdir -p /var/log/journal /etc/systemd/journald.conf.d
	cat > /etc/systemd/journald.conf.d/lab.conf <<-'END'
	[Journal]
	Storage=persistent
	SystemMaxUse=64M
	ReadKMsg=no
	RateLimitIntervalSec=0
	END
	# The addresses of /etc/lab/network (an ip batch the lab writes per node), before anything
	# that may want them.
	cat > /etc/systemd/system/lab-network.service <<-'END'
	[Unit]
	Description=Addresses of the lab
	DefaultDependencies=no
	After=local-fs.target
	Wants=network.target
	Before=network-pre.target network.target network-online.target sysinit.target
	[Service]
	Type=oneshot
	RemainAfterExit=yes
	ExecStart=/bin/ip -batch /etc/lab/network
	[Install]
	WantedBy=sysinit.target
	END
	systemctl -q enable lab-network.service
}

# Key login for root only, and nothing that slows it down: no PAM session, no DNS, no motd, and
# not OpenSSH's default key exchange, which takes 70 ms more than this one.
configure_sshd()
{
	mkdir -p /root/.ssh
	chmod 0700 /root/.ssh
	usermod -p '*' root		# no password, yet not "locked", which sshd would refuse
	rm -f /etc/ssh/ssh_host_*
	cat > /etc/ssh/sshd_config <<-'END'
	HostKey /etc/ssh/ssh_host_ed25519_key
	PermitRootLogin prohibit-password
	PasswordAuthentication no
	KbdInteractiveAuthentication no
	UsePAM no
	UseDNS no
	KexAlgorithms curve25519-sha256
	PrintMotd no
	PrintLastLog no
	AcceptEnv LANG LC_*
	MaxStartups 100:30:200
	Subsystem sftp internal-sftp
	END
	systemctl -q enable ssh.service
}

# The service behind the floating IP: says which node answered.
configure_nginx()
{
	mkdir -p /var/log/nginx /var/lib/nginx
	cat > /etc/nginx/nginx.conf <<-'END'
	user www-data;
	worker_processes 1;
	pid /run/nginx.pid;
	error_log /var/log/nginx/error.log;
	events { worker_connections 4096; }
	http {
		access_log off;
		server {
			# Every address, so that a floating IP is served the moment it arrives.
			listen 0.0.0.0:80 default_server backlog=4096;
			default_type text/plain;
			location / {
				add_header X-Node $hostname always;
				return 200 "$hostname\n";
			}
		}
	}
	END
	nginx -q -t
	rm -f /run/nginx.pid
	systemctl -q enable nginx.service
}

# What RPM packages built on this host require of it, as one honest package: the sonames that the
# libraries of our package list really provide, and the few programs that scriptlets call.
rpm_provides()
{
	local package program

	for package in $packages; do
		dpkg -L "$package" 2>/dev/null || true
	done | grep -E '\.so(\.[0-9.]+)?$' | sort -u |
		while read -r library; do [ ! -f "$library" ] || echo "$library"; done |
		/usr/lib/rpm/rpmdeps --provides | grep '^lib\|^ld-' | grep -v GLIBC_PRIVATE
	echo 'rtld(GNU_HASH)'
	for program in /bin/sh /bin/bash /usr/bin/sh /usr/bin/bash /usr/bin/env /usr/bin/getent \
	               /usr/bin/systemctl /usr/bin/systemd-sysusers /usr/bin/systemd-tmpfiles \
	               /usr/sbin/useradd /usr/sbin/groupadd /usr/sbin/usermod; do
		[ ! -x "$program" ] || echo "$program"
	done
	for package in systemd nftables iproute2 dbus; do
		dpkg -s "$package" >/dev/null 2>&1 || continue
		[ "$package" != iproute2 ] || echo iproute
		echo "$package"
	done
	echo shadow-utils
}

make_rpm_database()
{
	local top=/tmp/lab/rpm

	mkdir -p /var/lib/rpm "$top"
	rpm --initdb
	{
		cat <<-'END'
		Name: lab-os
		Version: 1
		Release: 1
		Summary: What the operating system of the lab's nodes provides
		License: GPL-2.0-or-later
		AutoReqProv: no
		END
		rpm_provides | sort -u | sed 's/^/Provides: /'
		cat <<-'END'
		%description
		Stands for the packages of the host's own package manager in the RPM database.
		%files
		END
	} > "$top/lab-os.spec"
	rpmbuild --quiet -bb --define "_topdir $top" "$top/lab-os.spec"
	rpm -U "$top"/RPMS/*/lab-os-1-1.*.rpm
	rpm -q lab-os
}

case $family in
debian) packages=$(wanted_debian)
        install_debian
        keep_debian ;;
*)      echo "lab: do not know how to install packages of the $family family" >&2; exit 1 ;;
esac
mask_units
mask_generators
configure_system
configure_sshd
configure_nginx
make_rpm_database
# The boot would otherwise rebuild caches because /usr looks newer than /etc and /var.
touch -r /usr /etc/.updated /var/.updated
