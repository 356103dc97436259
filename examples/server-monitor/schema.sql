pragma journal_mode = wal;
create table users(id integer primary key, name text not null unique, role text not null);
create table servers(id integer primary key, name text not null unique, address text not null, owner_id integer not null references users(id));
create table checks(id integer primary key, server_id integer not null references servers(id), latency_ms integer not null, at text not null);
insert into users(name, role) values ('ada', 'admin'), ('grace', 'viewer');
insert into servers(name, address, owner_id)
values ('web-1', '10.1.0.1', 1), ('web-2', '10.1.0.2', 1), ('db-1', '10.1.0.3', 1), ('mail', '10.1.0.4', 2), ('backup', '10.1.0.5', 2);
