pragma journal_mode = wal;
create table companies(id integer primary key, name text not null unique);
create table users(id integer primary key, company_id integer not null references companies(id), email text not null unique);
create table sessions(id integer primary key, user_id integer not null references users(id), expires text not null);
create table api_keys(id integer primary key, company_id integer not null references companies(id), hash text not null);
insert into companies(name) values ('Orchard Ltd'), ('Harbour Inc');
insert into users(company_id, email) values (1, 'ada@example.org'), (1, 'grace@example.org'), (2, 'joan@example.org');
insert into api_keys(company_id, hash) values (1, hex(randomblob(32))), (2, hex(randomblob(32)));
